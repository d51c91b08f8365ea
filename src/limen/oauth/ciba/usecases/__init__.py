"""What applications and people do with a backchannel request."""
