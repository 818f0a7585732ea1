"""Where the cuts fall, why, and which source fills each slot; pure, numpy only."""
