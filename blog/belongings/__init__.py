"""What belongs to a person across all features: counted, downloaded, and given away or removed when they leave."""
