"""Pictures of facts: what is where and who reaches whom, drawn, and told in words as well."""
