"""What a long run needs from the machine: whole files, checkpoints, workers, progress, interrupts, memory."""
