"""Eight weeks of a company that does not exist, made by the real engine and the real desk.

`department` is who works where, `people` whose devices they are, `callers` what they ask for,
`staff` what technicians do, `clock` lets the collector's jobs run, and `build` puts it together.
"""
