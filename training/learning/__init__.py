"""Learning: settings, patches, augmentation, losses, schedule, the five strategies, the loop (Lightning)."""
