"""SHACL: shapes as data, engines that evaluate them, and results that all engines share."""
