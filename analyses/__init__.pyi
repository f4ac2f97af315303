from ._thresholds import landscape_summary as landscape_summary
