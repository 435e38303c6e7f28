import { Module } from '@nestjs/common';
import { OrdersController } from './orders-controller.ts';
import { Shop } from './shop.ts';

@Module({ controllers: [OrdersController], providers: [Shop], exports: [Shop] })
export class AppModule {}
