"""What will be measured, decided before anything starts: contestants, cells, margins."""
