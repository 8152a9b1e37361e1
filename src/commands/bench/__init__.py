"""What is measured, and the page that says so: docs/benchmarks.md."""
