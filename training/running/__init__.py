"""What all trainings share: options, devices, curves, going on after an interruption, and how they end."""
