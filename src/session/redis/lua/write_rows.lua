-- ARGV: the rows. Returns false if they are written, else the values of all.
return write_rows(1, false)
