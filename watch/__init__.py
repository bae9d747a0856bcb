"""The platform's flight recorder: samples every service while servers are upgraded."""
