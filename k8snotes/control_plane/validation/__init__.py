"""The rules that several kinds share, a file for each concern; what is of one kind alone stands in `kinds/`.

To find why something was refused, search these two folders for the words of the message.
"""
