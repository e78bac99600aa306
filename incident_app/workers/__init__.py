"""What runs without a person: mail goes out, letters are printed."""
