"""Ways to trade that many companies share: what a company needs to begin is made in one go."""
