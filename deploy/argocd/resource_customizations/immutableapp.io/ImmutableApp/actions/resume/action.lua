-- What was pushed meanwhile is brought up.
obj.spec.paused = nil
return obj
