"""Study files, one question each."""
