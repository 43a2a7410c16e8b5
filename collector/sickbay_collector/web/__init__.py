"""The collector over HTTP: the API for programs and people, the admin port for Prometheus."""
