"""Your workbench: you write here. The lesson of each chapter stands in notebooks/."""
