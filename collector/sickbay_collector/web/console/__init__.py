"""The console: pages that show what services and reads return, and forms that call them."""
