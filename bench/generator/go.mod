module rocketmq-ts/bench/generator

go 1.21
