"""Train on the columns of a table, and predict from one."""
