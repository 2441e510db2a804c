"""Writers: the record to the formats that others read. One file a format; the readers' counterpart."""
