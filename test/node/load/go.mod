module immutableapp.io/load

go 1.26
