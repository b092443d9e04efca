"""The words of each mail, a room for each thing that mails speak of."""
