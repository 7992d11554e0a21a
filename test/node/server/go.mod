module immutableapp.io/server

go 1.26
