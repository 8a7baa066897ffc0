"""Singer tap for MOCO, the agency ERP."""
