"""What devices and people do with a device authorization."""
