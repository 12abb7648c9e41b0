"""Nothing: it makes a package of its folder."""
