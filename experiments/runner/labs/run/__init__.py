"""Running the tests of a lab and the judge, whatever a student's program does meanwhile."""
