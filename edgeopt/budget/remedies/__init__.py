"""What may mend a broken limit, one file each; registered by name in edgeopt.budget.remedy."""
