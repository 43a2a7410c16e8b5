"""The collector's own certificate authority: P-256 keys, device and server certificates.

Certificates are built from our own fields; nothing of a signing request but its public key is
used. A device certificate carries the device id as its only subject alternative name, a URI of our
trust domain.

`reading` says what a stranger's bytes are, `authority` signs, `folder` keeps the authority's key,
`issuers` give out certificates while the collector runs.
"""
