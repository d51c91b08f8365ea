"""Commands of their own (`limen <verb>`), one file each."""
