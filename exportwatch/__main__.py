"""`python -m exportwatch` is the command `exportwatch`."""

from exportwatch.cli import main

if __name__ == "__main__":
    main(prog_name="exportwatch")
