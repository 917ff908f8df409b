"""`python -m text_al` is `text-al`."""

from text_al.cli import main

main()
