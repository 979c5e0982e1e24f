"""One refresh from raw files to readers: land, build, check, publish, report, alert."""
