"""One module per thing that people do. Functions take `Work` first; a step comes first and rows after."""
