"""The device's certificate: getting it, keeping it, renewing it in time.

Keys and certificates are handled by a short-lived child process, so that the agent itself stays
small: the cryptography package alone takes 12 MiB.
"""
