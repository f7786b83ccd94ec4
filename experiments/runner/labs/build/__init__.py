"""From a student's sources to programs, and what the compiler says about them in few words."""
