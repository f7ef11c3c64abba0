"""Hand-outs: what volunteers, leaders, elders and coordinators hold in their hands, as workbooks and pages to print."""
