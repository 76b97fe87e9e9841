-- What wrk sends: the same request as the others, a POST with a body of BODY_BYTES bytes.
wrk.method = "POST"
wrk.body = string.rep("x", tonumber(os.getenv("BODY_BYTES")))
