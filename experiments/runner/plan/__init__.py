"""What will be measured, decided before anything starts: experiments, contestants, cells, margins."""
