-- Changes nothing; WAIT after it tells when replicas have all that was there before.
again()
return 1
