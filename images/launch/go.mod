module github.com/mosquitto-ha/mosquitto-ha/images/launch

go 1.24
