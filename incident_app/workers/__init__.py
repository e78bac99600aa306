"""What runs without a person: mail goes out, letters are printed, deadlines are watched, the books checked."""
