"""The work at one location: release, pick, pack, ship."""
