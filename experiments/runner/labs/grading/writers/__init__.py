"""A grade as text, JSON, JUnit, CSV and Gradescope's results.json. Each has write(grade, file)."""
