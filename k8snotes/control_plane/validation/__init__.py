"""The rules that several kinds share, a file for each concern; the rules of one kind alone are in `kinds/`.

To find why something was refused, search these two folders for the words of the message.
"""
