"""The applicant's portal: find a procedure, fill, hand in, follow, fetch the result."""
