"""What the upgrade cost its users, judged by what a watch recorded."""
