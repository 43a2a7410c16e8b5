"""Who may do what, to what: a role is a set of rights, a scope says on which part of the fleet.

`principal.may(Right.X)` asks for the right; `principal.scope` goes into the query. A new page or
route names its right once, where it takes its principal: `principal: auth.DevicesRead` in the API,
`viewer: allowed.DevicesRead` in the console (`web.console.allowed`; forms are checked to be the
console's own). A test walks all routes and fails on one that names none. Templates ask
`viewer.may('devices.write')`. What is about everything takes `Needs(right, everywhere=True)`.
"""
