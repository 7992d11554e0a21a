-- Nothing is made, moved or retired until it is resumed. Scaling goes on.
obj.spec.paused = true
return obj
