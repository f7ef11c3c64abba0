"""Many cities at once: each planned as ``run`` plans it, on the cores of this machine or of a cluster, and added up."""
