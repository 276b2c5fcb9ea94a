"""What a picture shows and how well, by its pixels alone, and how far that can be relied on."""
