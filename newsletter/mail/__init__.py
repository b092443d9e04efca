"""The words of each mail: the letter with a private link, and the digest."""
